// The plugin keeps the contract of plugins, with Twilio played on real sockets.
import { testPluginContract } from '../../contract/plugin-contract.ts';
import { twilioPlatform } from '../../fakes/twilio/platform.ts';

testPluginContract('Twilio', twilioPlatform);
