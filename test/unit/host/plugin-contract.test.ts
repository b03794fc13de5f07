import { testPluginContract } from '../../contract/plugin-contract.ts';
import { fakePlatform } from '../../fakes/fake-platform.ts';

testPluginContract('FakePlugin', () => fakePlatform());
