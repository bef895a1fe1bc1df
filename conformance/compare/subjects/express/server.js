'use strict';

const telemetry = require('./telemetry');
const http = require('node:http');
const { createApp } = require('./app');
const files = require('./files');
const { upgrade } = require('./upgrade');
const variables = require('./variables');

const app = createApp();
const servers = [variables.address, variables.adminAddress].filter(Boolean).map((address) => {
  const [, host, port] = /^(.*):(\d+)$/.exec(address);
  return http.createServer(app).on('upgrade', upgrade).listen(Number(port), host.replace(/^\[|\]$/g, ''));
});

process.once('SIGTERM', async () => {
  await Promise.all(servers.map(close));
  files.remove();
  await telemetry.shutdown().catch((error) => console.error('shutdown of the telemetry failed:', error));
  process.exit(0);
});

// close stops accepting connections and waits for the requests in progress. Connections
// stay open after their last response, so close repeatedly closes the idle ones.
function close(server) {
  const idle = setInterval(() => server.closeIdleConnections(), 20);
  return new Promise((resolve) => server.close(resolve)).finally(() => clearInterval(idle));
}
