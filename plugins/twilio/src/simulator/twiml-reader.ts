import { SaxesParser } from 'saxes';

/** A verb or noun of TwiML. */
export interface TwimlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly TwimlElement[];
}

/**
 * The verbs of a TwiML document, as Twilio would take them one after the other.
 * @throws Error where it is no XML, or not a `<Response>`
 */
export function readTwiml(text: string): readonly TwimlElement[] {
  const root = { name: '', attributes: {}, children: [] as TwimlElement[] };
  const open = [root];
  const parser = new SaxesParser();
  parser.on('error', (cause) => {
    throw cause;
  });
  parser.on('opentag', ({ name, attributes }) => {
    const element = { name, attributes, children: [] };
    open.at(-1)!.children.push(element);
    open.push(element);
  });
  parser.on('closetag', () => {
    open.pop();
  });
  parser.write(text).close();
  const [response] = root.children;
  if (response?.name !== 'Response') throw new Error('The answer is no TwiML.');
  return response.children;
}
