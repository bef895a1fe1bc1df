'use strict';

const { context, defaultTextMapGetter, propagation, ROOT_CONTEXT } = require('@opentelemetry/api');
const { W3CBaggagePropagator } = require('@opentelemetry/core');
const { tracer } = require('./instruments');

const baggagePropagator = new W3CBaggagePropagator();

// inside is the middleware between the instrumentation and the handlers. It does the work
// of GET /context/middleware, and sets the baggage member in X-Set-Baggage.
function inside(req, res, next) {
  if (req.path === '/context/middleware') {
    tracer.startSpan('context_child', { attributes: { 'context.source': 'middleware' } }).end();
  }
  const wanted = req.get('X-Set-Baggage');
  if (wanted === undefined) return next();
  const members = parse(wanted);
  if (members.length === 0) return res.status(400).type('text').send('X-Set-Baggage: want key=value');
  let baggage = propagation.getActiveBaggage() ?? propagation.createBaggage();
  for (const [key, entry] of members) baggage = baggage.setEntry(key, entry);
  context.with(propagation.setBaggage(context.active(), baggage), next);
}

function parse(list) {
  const extracted = baggagePropagator.extract(ROOT_CONTEXT, { baggage: list }, defaultTextMapGetter);
  return propagation.getBaggage(extracted)?.getAllEntries() ?? [];
}

module.exports = { inside };
