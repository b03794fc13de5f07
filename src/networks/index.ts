export {
  NETWORK_KINDS,
  networkSchema,
  parseNetworkConfig,
  type NetworkConfig,
  type NetworkConfigInput,
  type NetworkKind,
} from './network-config.ts';
export type { MaskSpec, NetworkParts, NetworkShape, ParameterSpec, StatisticSpec } from './network-parts.ts';
export { registerGradients } from './gradients.ts';
export { defineNetwork, type InferencePass, type NamedTensors, type Network, type TrainingPass } from './network.ts';
