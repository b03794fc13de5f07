import { element, escapeXml } from './svg.ts';

/** More of a name than this no person reads; it also bounds what a hostile name costs. */
const LONGEST_TEXT = 300;

/** Control characters, line separators, the marks that reorder text (which could disguise a name) and noncharacters. */
const UNDRAWABLE = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]+/gu;

/** Scripts and symbols drawn about as wide as they are high. */
const FULL_WIDTH =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\p{Emoji_Presentation}]/u;

/** Makes any string one line of text that XML allows and a title can hold: longer ones keep their start and end. */
export function plainText(text: string): string {
  const bounded = text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT - 60)}…${text.slice(-59)}` : text;
  return bounded.toWellFormed().replace(UNDRAWABLE, ' ').replace(/\s+/g, ' ').trim();
}

/** A cautious estimate of a text's width in px, for deciding what fits: no font is at hand when SVG is written. */
export function estimateTextWidth(text: string, { sizePx, weight }: Pick<TextStyle, 'sizePx' | 'weight'>): number {
  let ems = 0;
  for (const character of text) {
    if (FULL_WIDTH.test(character)) ems += 1.1;
    else if (/[MWmw@%]/.test(character)) ems += 0.95;
    else if (/[A-Z]/.test(character)) ems += 0.68;
    else if (/[ .,:;'|!ijlt]/.test(character)) ems += 0.36;
    else ems += 0.57;
  }
  return ems * sizePx * (weight === 'bold' ? 1.12 : 1);
}

/**
 * Shortens a text to what fits, at the cost of what stands before its last `tailShare`: a file name keeps its ending
 * with the default of a third.
 */
export function fitText(
  text: string,
  widthPx: number,
  style: Pick<TextStyle, 'sizePx' | 'weight'>,
  tailShare = 1 / 3,
): string {
  if (estimateTextWidth(text, style) <= widthPx) return text;
  const graphemes = Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment);
  for (let kept = graphemes.length - 1; kept > 0; kept--) {
    const tail = Math.floor(kept * tailShare);
    const short = `${graphemes.slice(0, kept - tail).join('')}…${graphemes.slice(graphemes.length - tail).join('')}`;
    if (estimateTextWidth(short, style) <= widthPx) return short;
  }
  return '…';
}

export interface TextStyle {
  readonly sizePx: number;
  readonly colour: string;
  readonly anchor?: 'start' | 'middle' | 'end';
  readonly weight?: 'bold';
  /** Turned by 90 degrees, to be read from below. */
  readonly upright?: boolean;
}

/** A line of text whose baseline starts (or centres, or ends) at x, y. */
export function textAt(x: number, y: number, text: string, style: TextStyle): string {
  const attributes = {
    x,
    y,
    'font-size': style.sizePx,
    fill: style.colour,
    'text-anchor': style.anchor,
    'font-weight': style.weight,
    transform: style.upright === true ? `rotate(-90 ${x} ${y})` : undefined,
  };
  return element('text', attributes, escapeXml(text));
}
