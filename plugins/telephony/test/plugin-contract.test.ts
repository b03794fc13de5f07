// Every dialect keeps the contract of plugins, with its carrier played on real sockets.
import { testPluginContract } from '../../../test/contract/plugin-contract.ts';
import { DIALECTS } from '../src/settings.ts';
import { driver } from './helpers/drivers.ts';

for (const dialect of DIALECTS) testPluginContract(`Telephony by ${dialect}`, () => driver(dialect));
