'use strict';

const readline = require('node:readline');

// upgrade answers requests to switch to another protocol. Node's server does not pass them
// to Express.
function upgrade(req, socket, head) {
  socket.on('error', () => socket.destroy());
  if (req.url !== '/upgrade' || req.headers.upgrade !== 'echo') {
    socket.end('HTTP/1.1 426 Upgrade Required\r\nUpgrade: echo\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    return;
  }
  socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
  socket.unshift(head);
  readline.createInterface({ input: socket }).once('line', (line) => socket.end(`${line}\n`));
}

module.exports = { upgrade };
