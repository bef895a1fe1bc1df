'use strict';

// The variables of the contract that change how the service is set up. Importing this
// module fails if a variable has a value that the contract does not define.

module.exports = {
  address: argument('--addr') ?? process.env.SAMESPAN_ADDR ?? '127.0.0.1:8080',
  adminAddress: process.env.SAMESPAN_ADMIN_ADDR,
  bare: truth('SAMESPAN_BARE'),
  twice: choice('SAMESPAN_NESTING', ['twice']) === 'twice',
  hooks: choice('SAMESPAN_HOOKS', ['name', 'panic']),
  samplerPrefix: path('SAMESPAN_SAMPLER'),
  sensitiveQueryKeys: list('SAMESPAN_SENSITIVE_QUERY_KEYS'),
  slug: truth('SAMESPAN_SLUG'),
  capturedHeaders: {
    requestHeaders: list('OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_SERVER_REQUEST'),
    responseHeaders: list('OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_SERVER_RESPONSE'),
  },
};

function argument(name) {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : process.argv[at + 1];
}

function truth(name) {
  return choice(name, ['true', 'false']) === 'true';
}

function choice(name, values) {
  const value = process.env[name];
  if (!value) return undefined;
  if (!values.includes(value)) throw new Error(`${name}=${value}: want ${values.join(' or ')}`);
  return value;
}

function path(name) {
  const value = process.env[name];
  if (value && !value.startsWith('/')) throw new Error(`${name}=${value}: want a path that begins with /`);
  return value;
}

function list(name) {
  const value = process.env[name];
  return value ? value.split(',') : undefined;
}
