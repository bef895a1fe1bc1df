'use strict';

// The OpenTelemetry SDK. Start it before loading the modules that it instruments.

const { IncomingMessage } = require('node:http');
const { diag, DiagConsoleLogger, DiagLogLevel, metrics, trace } = require('@opentelemetry/api');
const { NodeSDK } = require('@opentelemetry/sdk-node');
const { defaultResource, resourceFromAttributes } = require('@opentelemetry/resources');
const { HttpInstrumentation } = require('@opentelemetry/instrumentation-http');
const { ExpressInstrumentation } = require('@opentelemetry/instrumentation-express');
const { PathSampler } = require('./sampler');
const variables = require('./variables');

// Without a logger, errors of exports and hooks would not be visible.
diag.setLogger(new DiagConsoleLogger(), { logLevel: DiagLogLevel.ERROR });

// The hooks for requests to the service. A name that a hook sets earlier would be replaced
// by the route.
const hooks = {
  name: {
    applyCustomAttributesOnSpan(span, request) {
      if (!(request instanceof IncomingMessage)) return;
      span.updateName('hooked');
      span.setAttribute('hook.attribute', 'yes');
    },
  },
  panic: {
    requestHook(_span, request) {
      if (request instanceof IncomingMessage) throw new Error('the hook of the service panics');
    },
    applyCustomAttributesOnSpan(_span, request) {
      if (request instanceof IncomingMessage) throw new Error('the hook of the service panics');
    },
  },
};

const sdk = new NodeSDK({
  // OTEL_SERVICE_NAME takes precedence over this name.
  resource: defaultResource().merge(resourceFromAttributes({ 'service.name': 'reference-express' })),
  sampler: variables.samplerPrefix && new PathSampler(variables.samplerPrefix),
  instrumentations: variables.twice ? [...instrumentations(), ...instrumentations()] : instrumentations(),
});
sdk.start();

module.exports = {
  flush: () => Promise.all([trace.getTracerProvider().getDelegate().forceFlush(), metrics.getMeterProvider().forceFlush()]),
  shutdown: () => sdk.shutdown(),
};

function instrumentations() {
  // Outgoing calls are also instrumented if the server is not.
  if (variables.bare) return [new HttpInstrumentation({ disableIncomingRequestInstrumentation: true })];
  return [
    new HttpInstrumentation({
      ignoreIncomingRequestHook: isExcluded,
      headersToSpanAttributes: { server: variables.capturedHeaders },
      ...(variables.sensitiveQueryKeys && { redactedQueryParamsServer: variables.sensitiveQueryKeys }),
      ...hooks[variables.hooks],
    }),
    new ExpressInstrumentation(),
  ];
}

// Express also serves /Healthz and /healthz/ by the route /healthz.
function isExcluded(request) {
  const path = request.url.split('?', 1)[0].toLowerCase();
  return ['/healthz', '/metrics', '/docs'].some((excluded) => path === excluded || path.startsWith(`${excluded}/`));
}
