// `npm start`: the host with the studio. `npm start -- <command>`: that command.
if (process.argv.length === 2) process.argv.push('serve');
await import('../dist/cli/main.js');
