export * from './axes.ts';
export { LINE_COLOURS, type ColourMap } from './colours.ts';
export { envelopePanel, RunningEnvelope, type Envelope, type EnvelopePlot } from './envelope.ts';
export { figure, type ColourBar, type Figure, type Panel, type PlotArea } from './figure.ts';
export { heatmap, type Heatmap } from './heatmap.ts';
export { linePanel, type LinePlot, type LineSeries } from './line.ts';
export type { Reduction } from './matrix.ts';
export { recordingPicture, type RecordingPicture, type Waveform } from './recording-picture.ts';
export { renderPng } from './render-png.ts';
