// Jest gives tests their own globals. ONNX Runtime's native part makes and takes the process's typed arrays, so that
// tests must have those too: an array of one realm is no instance of the other's class.
import { TestEnvironment } from 'jest-environment-node';

export default class UndertoneEnvironment extends TestEnvironment {
  constructor(config, context) {
    super(config, context);
    for (const type of [Float32Array, Float64Array, Int32Array, BigInt64Array]) this.global[type.name] = type;
  }
}
