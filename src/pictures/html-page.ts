import { escapeXml } from './svg.ts';
import { plainText } from './text.ts';

/** Escapes text for HTML content and quoted attributes; characters that HTML forbids become spaces. */
export function escapeHtml(text: string): string {
  return escapeXml(text.toWellFormed().replace(/[\p{Cc}\ufffe\uffff]/gu, ' '));
}

/** A cell of a table: text, a number, or the number with the share of it (0..1) that a bar behind it shows. */
export type HtmlCell = string | number | { readonly text: string; readonly share: number };

/** Colours by role, for both of the reader's preferences; figures keep their own white ground. */
const STYLE = `:root{color-scheme:light dark;--text:#212529;--muted:#5c636a;--ground:#fff;--line:#dee2e6;--bar:#cfe2f3}
@media (prefers-color-scheme:dark){:root{--text:#e9ecef;--muted:#adb5bd;--ground:#16181b;--line:#3b4046;--bar:#1f4868}}
body{font:16px/1.5 system-ui,'Segoe UI','Helvetica Neue',Arial,sans-serif;color:var(--text);background:var(--ground);margin:0}
main{max-width:62rem;margin:0 auto;padding:1.5rem 1.25rem 3rem}
h1{font-size:1.8rem;line-height:1.2;margin:.5rem 0}h2{font-size:1.3rem;margin:2.4rem 0 .5rem}h3{font-size:1.05rem;margin:1.5rem 0 .3rem}
p{max-width:46rem}.note,figcaption,caption{color:var(--muted);font-size:.9rem}
figure{margin:1rem 0}figure svg{display:block;max-width:100%;height:auto;border-radius:6px}
.scroll{overflow-x:auto;margin:.8rem 0}table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:.93rem}
caption{text-align:left;padding-bottom:.3rem}th,td{padding:.25rem .7rem;border-bottom:1px solid var(--line);text-align:right}
th:first-child,td:first-child{text-align:left}thead th{border-bottom-width:2px;vertical-align:bottom}tbody th{font-weight:500}
summary{cursor:pointer}td.bar{min-width:4rem;background:linear-gradient(90deg,var(--bar) var(--share),transparent var(--share))}`;

/**
 * A whole HTML document that needs nothing but itself: no script, no network, light or dark as its reader prefers.
 * @param page `title` is text; `body` is markup, its text escaped
 */
export function htmlPage({ title, body }: { readonly title: string; readonly body: string }): string {
  const name = escapeHtml(plainText(title));
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8" />
<meta name="viewport" content="width=device-width, initial-scale=1" />
<title>${name}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${name}</h1>
${body}
</main>
</body>
</html>
`;
}

/**
 * A table whose first column names its rows; wide ones scroll by themselves.
 * @param head names of the columns, as text; rows' cells are text too
 */
export function htmlTable(
  head: readonly string[],
  rows: readonly (readonly HtmlCell[])[],
  options: { readonly caption?: string } = {},
): string {
  const caption = options.caption === undefined ? '' : `<caption>${escapeHtml(options.caption)}</caption>`;
  const names = head.map((name) => `<th scope="col">${escapeHtml(name)}</th>`).join('');
  const lines = rows.map(([name, ...cells]) => {
    const title = typeof name === 'object' ? name.text : String(name);
    return `<tr><th scope="row">${escapeHtml(title)}</th>${cells.map(cellMarkup).join('')}</tr>`;
  });
  // Focus lets a keyboard scroll it.
  return `<div class="scroll" tabindex="0"><table>${caption}<thead><tr>${names}</tr></thead>
<tbody>
${lines.join('\n')}
</tbody></table></div>`;
}

function cellMarkup(cell: HtmlCell): string {
  if (typeof cell !== 'object') return `<td>${escapeHtml(String(cell))}</td>`;
  const percent = (100 * Math.min(1, Math.max(0, cell.share))).toFixed(1);
  return `<td class="bar" style="--share:${percent}%">${escapeHtml(cell.text)}</td>`;
}

/** What a reader opens when it matters to them. */
export function htmlDetails(summary: string, body: string): string {
  return `<details><summary>${escapeHtml(summary)}</summary>${body}</details>`;
}

/** A picture of {@link figure} (or any SVG element) with words below it. */
export function htmlFigure(svg: string, caption?: string): string {
  const words = caption === undefined ? '' : `<figcaption>${escapeHtml(caption)}</figcaption>`;
  return `<figure>${svg}${words}</figure>`;
}
