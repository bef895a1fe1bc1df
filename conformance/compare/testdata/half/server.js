'use strict';

// A half-finished reference service in Express. It has the routes that CONTRACT.md requires
// of every service. Its other routes respond differently from the contract.

const { NodeSDK } = require('@opentelemetry/sdk-node');
const { HttpInstrumentation } = require('@opentelemetry/instrumentation-http');
const { ExpressInstrumentation } = require('@opentelemetry/instrumentation-express');
const { trace } = require('@opentelemetry/api');

// The service has no metrics yet.
const sdk = new NodeSDK({ instrumentations: [new HttpInstrumentation(), new ExpressInstrumentation()], metricReaders: [] });
sdk.start();

const express = require('express');
const tracer = trace.getTracer('half');
const app = express();

const text = (status, body) => (_req, res) => res.status(status).type('text').send(body);

// The routes that every service has.
app.get('/process/:item_id', (req, res) => {
  const { item_id } = req.params;
  tracer.startSpan('process_item_logic', { attributes: { 'item.id': item_id, 'processing.status': 'completed' } }).end();
  res.json({ item_id, status: 'processed' });
});
app.get('/status/:code', (req, res) => res.status(Number(req.params.code)).type('text').send(`status ${req.params.code}`));
app.get(['/healthz', '/metrics', '/docs'], text(200, 'ok'));
app.post('/echo', express.raw({ type: () => true }), (req, res) => res.type(req.get('Content-Type')).send(req.body));
app.get('/panic', () => {
  throw new Error('reference panic');
});

// Routes that are not implemented yet.
app.post('/relay', (_req, res) => res.json({ statuses: [] }));
app.get('/context/:source', text(200, 'ok'));
app.get('/after/:item_id', text(202, 'accepted'));
app.post('/release', text(200, 'released'));
app.get('/baggage', (_req, res) => res.json({}));
app.get('/mounted/users/:user_id', text(200, 'ok'));
app.get('/fail/:code', () => {
  throw new Error('every failure is a 500');
});
app.get('/panic/inside', text(500, 'panicked'));
app.get('/background', text(202, 'accepted'));
app.get('/described/:code', (req, res) => res.status(Number(req.params.code)).type('text').send(`status ${req.params.code}`));
app.get('/stream', (_req, res) => res.type('text/event-stream').send([1, 2, 3, 4, 5].map((n) => `data: ${n}\n\n`).join('')));
app.get('/slow/:ms', text(200, 'ok'));
app.get('/deaf/:code', text(202, 'status 202'));
app.get('/endless', (_req, res) => res.type('text/event-stream').send('data: 1\n\n'));
app.get('/held', (_req, res) => res.type('text/event-stream').send('data: 1\n\ndata: 2\n\n'));
app.post('/held', text(200, 'let go'));
app.get('/file', (_req, res) => res.type('text').send('a file'));
app.get('/upgrade', (_req, res) => res.set('Upgrade', 'echo').sendStatus(426));
app.get('/write/:kind', text(200, 'ok'));
app.get('/observed', (_req, res) => res.json({}));
app.post('/upload', text(200, 'uploaded'));

const [, host, port] = /^(.*):(\d+)$/.exec(process.env.SAMESPAN_ADDR);
const server = app.listen(Number(port), host);
process.once('SIGTERM', () => {
  server.close(async () => {
    await sdk.shutdown();
    process.exit(0);
  });
});
