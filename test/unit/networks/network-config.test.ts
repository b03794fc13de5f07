import { describe, expect, test } from '@jest/globals';
import { defineNetwork, parseNetworkConfig } from '../../../src/networks/index.ts';

describe('parseNetworkConfig', () => {
  test('fills in a default network of 220,424 weights', () => {
    const { parameters } = defineNetwork(parseNetworkConfig({ kind: 'cnn-lstm' }), { dims: 64, views: 1, labels: 8 });
    const sizes = parameters.map(({ shape }) => shape.reduce((product, size) => product * size, 1));
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(220_424);
  });

  test.each<[unknown, RegExp]>([
    [{}, /"kind"/],
    [{ kind: 'transformer' }, /"kind": .* Expected 'cnn' \| 'lstm' \| 'cnn-lstm'/],
    [{ kind: 'cnn', lstmUnits: 64 }, /"lstmUnits" is not a setting/],
    [{ kind: 'cnn-lstm', lstmUnit: 64 }, /"lstmUnit" is not a setting \(did you mean "lstmUnits"\?\)/],
    [{ kind: 'cnn', dropout: { pool: 0.1 } }, /"dropout.pool" is not a setting \(did you mean "pooled"\?\)/],
    [{ kind: 'cnn', convolutions: [] }, /"convolutions"/],
    [{ kind: 'cnn', convolutions: [{ filters: 8, kernel: 4 }] }, /"convolutions.0.kernel": must be odd/],
    [{ kind: 'cnn', convolutions: Array(10).fill({ filters: 8, kernel: 3, pool: 2 }) }, /pools more than 512 frames/],
    [{ kind: 'lstm', lstmUnits: 0 }, /"lstmUnits"/],
    [{ kind: 'lstm', dropout: { lstm: 1 } }, /"dropout.lstm"/],
  ])('refuses %j', (input, message) => {
    expect(() => parseNetworkConfig(input)).toThrow(expect.objectContaining({ code: 'NETWORK_CONFIG_INVALID' }));
    expect(() => parseNetworkConfig(input)).toThrow(message);
  });
});
