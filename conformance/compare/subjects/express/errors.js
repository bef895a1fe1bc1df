'use strict';

// Failure is the error that a handler fails with: the error handler answers with
// its status.
class Failure extends Error {
  constructor(status, message = 'reference failure') {
    super(message);
    this.status = status;
  }
}

// What GET /observed answers.
const observed = { error_handler: 0, outer_errors: 0 };

// observe sees every error before the error handler does, as the error handlers
// of monitoring packages do.
function observe(error, _req, _res, next) {
  if (error instanceof Failure) observed.outer_errors++;
  next(error);
}

// answer is the service's error handler. It leaves what has no status, and
// answers that have begun, to Express.
function answer(error, _req, res, next) {
  observed.error_handler++;
  if (res.headersSent || !error.status) return next(error);
  res.status(error.status).type('text').send(error.message);
}

module.exports = { Failure, observed, observe, answer };
