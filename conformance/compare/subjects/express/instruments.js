'use strict';

const { metrics, trace } = require('@opentelemetry/api');

// The service's own instrumentation scope.
const scope = 'reference-express';

module.exports = {
  tracer: trace.getTracer(scope),
  processed: metrics.getMeter(scope).createCounter('reference.processed', {
    description: 'Answered requests for /process/{item_id}.',
    unit: '{request}',
  }),
};
