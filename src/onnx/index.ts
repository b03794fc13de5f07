export { captureOnnx, type CaptureGraph } from './capture.ts';
export { FUSED_LSTM } from './fused-lstm.ts';
export { sizeOf, type DynamicAxis } from './graph.ts';
