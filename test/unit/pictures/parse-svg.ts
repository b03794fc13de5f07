import { decode } from 'fast-png';
import { SaxesParser } from 'saxes';

/** The attributes that tests read. */
type Attributes = Readonly<
  Partial<Record<'x' | 'y' | 'width' | 'height' | 'href' | 'd' | 'fill' | 'font-size', string>>
>;

export interface Node {
  readonly name: string;
  readonly attributes: Attributes;
  readonly children: Node[];
  text: string;
}

/** Parses a document strictly; throws for what is no well-formed XML. */
export function parseSvg(svg: string): Node {
  const root: Node = { name: '#document', attributes: {}, children: [], text: '' };
  const open = [root];
  const parser = new SaxesParser();
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ name, attributes }) => {
    const node: Node = { name, attributes, children: [], text: '' };
    open.at(-1)!.children.push(node);
    open.push(node);
  });
  parser.on('text', (text) => {
    for (const node of open) node.text += text;
  });
  parser.on('closetag', () => open.pop());
  parser.write(svg).close();
  return root.children[0]!;
}

export function all(node: Node, name: string): Node[] {
  return node.children.flatMap((child) => [...(child.name === name ? [child] : []), ...all(child, name)]);
}

/** The pixels of an `image` element's embedded PNG: palette indices, width and height. */
export function embeddedPng(image: Node): ReturnType<typeof decode> {
  const [head, base64] = image.attributes.href!.split(',');
  if (head !== 'data:image/png;base64') throw new Error(`no embedded PNG: ${head}`);
  return decode(Buffer.from(base64!, 'base64'));
}

/** The rectangle of a plot: the nested svg elements of a figure, in order. */
export function plots(svg: Node): { x: number; y: number; width: number; height: number; node: Node }[] {
  return all(svg, 'svg').map((node) => ({
    x: Number(node.attributes.x),
    y: Number(node.attributes.y),
    width: Number(node.attributes.width),
    height: Number(node.attributes.height),
    node,
  }));
}
