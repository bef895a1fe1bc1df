'use strict';

const { once } = require('node:events');
const { pipeline, Readable } = require('node:stream');
const { setTimeout: delay } = require('node:timers/promises');
const { leaves } = require('../client');
const { Failure } = require('../errors');
const { tracer } = require('../instruments');

// The time between two events and the maximum duration of a stream, in milliseconds.
const interval = 10;
const longest = 60_000;

// The bodies of GET /truncated/{kind}. Each is declared to have twice the length of half.
const half = Buffer.alloc(50_000, 'x');
const bodies = {
  *whole() {
    yield half;
    yield half;
  },
  *short() {
    yield half;
  },
  *failing() {
    yield half;
    throw new Error('GET /truncated/failing: the source of the body fails on purpose');
  },
};

// held is notified when the responses to GET /held may continue.
const held = new EventTarget();

module.exports = (app) => {
  app.get('/stream', async (_req, res) => {
    begin(res);
    for (let number = 1; number <= 5; number++) {
      if (number > 1) await delay(interval);
      const span = tracer.startSpan('stream_event', { attributes: { 'event.number': number } });
      await send(res, number).finally(() => span.end());
    }
    res.end();
  });

  app.get('/endless', async (_req, res) => {
    begin(res);
    for (let number = 1; number <= longest / interval; number++) {
      try {
        await send(res, number);
      } catch {
        return; // The client has left.
      }
      await delay(interval);
    }
    res.end();
  });

  app.get('/truncated/:kind', (req, res) => {
    const { kind } = req.params;
    if (!Object.hasOwn(bodies, kind)) throw new Failure(400, `unknown kind of truncated response ${kind}`);
    res.writeHead(200, { 'Content-Type': 'application/octet-stream', 'Content-Length': 2 * half.length });
    // Node would wait for the next request although the client waits for the rest.
    if (kind === 'short') res.once('finish', () => res.destroy());
    pipeline(Readable.from(bodies[kind]()), res, () => {});
  });

  app.get('/held', async (_req, res) => {
    begin(res);
    const letGo = once(held, 'let go', { signal: AbortSignal.any([leaves(res), AbortSignal.timeout(longest)]) });
    await send(res, 1);
    await letGo.catch(() => {});
    res.end('data: 2\n\n');
  });

  app.post('/held', (_req, res) => {
    held.dispatchEvent(new Event('let go'));
    res.type('text').send('let go');
  });
};

function begin(res) {
  res.writeHead(200, { 'Content-Type': 'text/event-stream' });
}

// send resolves when the event was written to the connection.
function send(res, number) {
  return new Promise((resolve, reject) => {
    res.write(`data: ${number}\n\n`, (error) => (error ? reject(error) : resolve()));
  });
}
