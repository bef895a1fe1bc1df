'use strict';

const { setImmediate: turn } = require('node:timers/promises');
const { propagation } = require('@opentelemetry/api');
const { Failure } = require('../errors');
const { tracer } = require('../instruments');

// The tasks of GET /after/{item_id} continue after the release.
let round = newRound();

module.exports = (app) => {
  app.get('/context/:source', async (req, res) => {
    const { source } = req.params;
    switch (source) {
      case 'request':
      case 'framework':
        child(source);
        break;
      case 'goroutine':
        await turn().then(() => child(source));
        break;
      case 'middleware':
        break; // Started there.
      default:
        throw new Failure(400, `unknown source of contexts ${source}`);
    }
    res.type('text').send('ok');
  });

  app.get('/after/:item_id', (req, res) => {
    round.tasks.push(after(req.params.item_id, round.released));
    res.status(202).type('text').send('accepted');
  });

  app.post('/release', async (_req, res) => {
    const { release, tasks } = round;
    round = newRound();
    release();
    await Promise.all(tasks);
    res.type('text').send('released');
  });

  app.get('/baggage', (_req, res) => {
    const members = propagation.getActiveBaggage()?.getAllEntries() ?? [];
    res.json(Object.fromEntries(members.map(([key, { value }]) => [key, value])));
  });
};

function child(source) {
  tracer.startSpan('context_child', { attributes: { 'context.source': source } }).end();
}

async function after(itemId, released) {
  await released;
  tracer.startSpan('after_response', { attributes: { 'item.id': itemId } }).end();
}

function newRound() {
  const begun = { tasks: [] };
  begun.released = new Promise((resolve) => {
    begun.release = resolve;
  });
  return begun;
}
