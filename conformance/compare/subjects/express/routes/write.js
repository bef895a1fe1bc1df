'use strict';

const { Failure } = require('../errors');

// The kinds of responses of GET /write/{kind}.
const kinds = {
  twice(res) {
    res.status(201).type('text').send('created');
    res.status(500);
  },
  partial(res) {
    res.write('partial');
    throw new Failure(500);
  },
  implicit(res) {
    res.end('ok');
  },
  nothing(res) {
    res.end();
  },
  flushed(res) {
    res.flushHeaders();
    res.status(500);
    res.end('late');
  },
  hijacked(res) {
    res.sendStatus(501);
  },
  aborted(res) {
    res.sendStatus(501);
  },
  custom() {
    throw new Failure(418, 'custom');
  },
};

module.exports = (app) => {
  app.get('/write/:kind', (req, res) => {
    const { kind } = req.params;
    if (!Object.hasOwn(kinds, kind)) throw new Failure(400, `unknown kind of response ${kind}`);
    kinds[kind](res);
  });
};
