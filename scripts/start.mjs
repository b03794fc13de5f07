// `npm start`, `npm start -- --shards 4`: the host with the studio. `npm start -- <command>`: that command.
const [, , first = '--'] = process.argv;
if (first.startsWith('-') && !['-h', '--help', '-V', '--version'].includes(first)) process.argv.splice(2, 0, 'serve');
await import('../dist/cli/main.js');
