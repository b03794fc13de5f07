// 16-bit linear sound as bytes.
import { expect, test } from '@jest/globals';
import { encodeL16 } from '../../../src/audio/index.ts';

test('the low byte comes first, what is too loud is clipped, and NaN is silence', () => {
  const bytes = encodeL16(Float32Array.of(0, 0.5, -0.5, 1, -1, 7, -7, NaN, 1 / 32_768));
  expect(Buffer.from(bytes).toString('hex').match(/..../g)).toEqual(
    ['0000', '0040', '00c0', 'ff7f', '0080', 'ff7f', '0080', '0000', '0100'], // prettier-ignore
  );
});
