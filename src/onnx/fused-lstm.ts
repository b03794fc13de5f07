import { full, filled, held, type Captured } from './captured.ts';
import type { Graph } from './graph.ts';
import { concat, reshape, transpose } from './shape-kernels.ts';

/** The capture's own kernel: a whole bidirectional LSTM. */
export const FUSED_LSTM = 'UndertoneBidirectionalLstm';

/**
 * ONNX's LSTM operator: x [batch, time, inputs], w [2, 4 units, inputs], u [2, 4 units, units] and b [2, 4 units] in its
 * gate order (input, output, forget, cell) to [batch, time, 2 units], forward and backward side by side.
 */
export function fusedLstm(graph: Graph, { x, w, u, b }: Readonly<Record<string, Captured>>): Captured {
  const [batch, time] = x!.shape as [number, number];
  const units = u!.shape[2]!;
  // The operator has a bias for the recurrent product too; one of the two suffices.
  const biases = concat(graph, [b!, filled(0, b!.shape)], 1);
  const inputs = [transpose(graph, x!, [1, 0, 2]), w!, u!, biases].map((value) => full(graph, value));
  const attributes = { hidden_size: units, direction: 'bidirectional' };
  const y = held(graph.node({ operator: 'LSTM', inputs, attributes }, [time, 2, batch, units]));
  return reshape(graph, transpose(graph, y, [2, 0, 1, 3]), [batch, time, 2 * units]);
}
