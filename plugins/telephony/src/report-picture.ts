import { emotionColour, escapeHtml, figure, linearAxis, timeAxis, type CallReport, type Panel, type PlotArea, type ReportedSpeaker } from 'undertone'; // prettier-ignore

const BAND_PX = 44;
const LEAST_PX = 1;
const ALERT_COLOUR = '#b3261e';

/** Draws a call: for each speaker a band of how they sounded, where the mood turned, and where an alert was. */
export function reportPicture(report: CallReport): string {
  const { speakers, durationMs, alerts, startedAtMs } = report;
  const labels = [...new Set(speakers.flatMap(({ shares }) => Object.keys(shares)))];
  const start = new Date(startedAtMs).toISOString().slice(0, 16).replace('T', ' ');
  const minutes = (durationMs / 60_000).toFixed(1);
  return figure({
    title: `Call on ${start} UTC`,
    subtitle: `${minutes} min, ${alerts.length} ${alerts.length === 1 ? 'alert' : 'alerts'}`,
    description: speakers.map(inWords).join('; ') || 'Nobody was heard.',
    xAxis: timeAxis(durationMs),
    panels: speakers.length > 0 ? speakers.map((speaker) => speakerPanel(speaker, report, labels)) : [emptyPanel()],
  });
}

const percent = (share: number): string => `${Math.round(100 * share)} %`;

const inWords = ({ role, talkShare, dominant }: ReportedSpeaker): string =>
  `${role}: ${percent(talkShare)} of the speech, mostly ${dominant ?? 'silent'}`;

function speakerPanel(speaker: ReportedSpeaker, { alerts }: CallReport, labels: readonly string[]): Panel {
  const { role, talkShare, turningPoints, timeline } = speaker;
  const own = alerts.filter((alert) => alert.speaker === speaker.speaker || alert.speaker === null);
  return {
    title: role === 'customer' ? 'Customer' : 'Agent',
    note: `${percent(talkShare)} of the speech; pale: uncertain; line: a turn; triangle: an alert`,
    heightPx: BAND_PX,
    yAxis: { ...linearAxis([0, 1]), ticks: () => [] },
    legend: labels.map((label) => ({ label, colour: emotionColour(label, labels) })),
    draw: (area) =>
      [
        ...timeline.map((segment) => {
          const x = area.x(segment.startMs);
          const width = Math.max(LEAST_PX, area.x(segment.endMs) - x);
          const tip = `<title>${escapeHtml(`${segment.label} ${percent(segment.confidence)}`)}</title>`;
          const opacity = segment.uncertain ? 0.35 : 1;
          const fill = emotionColour(segment.label, labels);
          return `<rect x="${px(x)}" y="8" width="${px(width)}" height="${BAND_PX - 12}" fill="${fill}" fill-opacity="${opacity}">${tip}</rect>`;
        }),
        ...turningPoints.map(({ atMs }) => mark(area, atMs, `V${BAND_PX}`, 'fill="none" stroke="#1b1f23" stroke-width="1.2"')), // prettier-ignore
        ...own.map(({ endMs }) => mark(area, endMs, 'l-4 0l4 7l4 -7Z', `fill="${ALERT_COLOUR}"`)),
      ].join(''),
  };
}

const px = (value: number): string => value.toFixed(1);
const mark = (area: PlotArea, atMs: number, path: string, style: string): string =>
  `<path d="M${px(area.x(atMs))} 0${path}" ${style}/>`;

const emptyPanel = (): Panel => ({
  title: 'Nobody was heard',
  heightPx: BAND_PX,
  yAxis: { ...linearAxis([0, 1]), ticks: () => [] },
  draw: () => '',
});
