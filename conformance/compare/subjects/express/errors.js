'use strict';

// Failure is the error of a failing handler. The error handler answers with its status.
class Failure extends Error {
  constructor(status, message = 'reference failure') {
    super(message);
    this.status = status;
  }
}

// The response of GET /observed.
const observed = { error_handler: 0, outer_errors: 0 };

// observe gets every error before the service's error handler, like the error handlers of
// monitoring packages.
function observe(error, _req, _res, next) {
  if (error instanceof Failure) observed.outer_errors++;
  next(error);
}

// answer is the service's error handler. Errors without a status, and responses that have
// begun, are left to Express.
function answer(error, _req, res, next) {
  observed.error_handler++;
  if (res.headersSent || !error.status) return next(error);
  res.status(error.status).type('text').send(error.message);
}

module.exports = { Failure, observed, observe, answer };
