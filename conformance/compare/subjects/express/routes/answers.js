'use strict';

const { pipeline } = require('node:stream');
const { setTimeout: delay } = require('node:timers/promises');
const { context, SpanStatusCode } = require('@opentelemetry/api');
const { getRPCMetadata } = require('@opentelemetry/core');
const { leaves } = require('../client');
const { Failure } = require('../errors');
const files = require('../files');

module.exports = (app) => {
  app.param('code', (req, _res, next, code) => {
    if (!/^[2-5]\d\d$/.test(code)) return next(new Failure(400, `got ${code}, want an HTTP status from 200 to 599`));
    req.code = Number(code);
    next();
  });

  app.get('/status/:code', answer);

  app.get('/described/:code', (req, res) => {
    // The active span is this handler's. Its parent is the request's span.
    const { span } = getRPCMetadata(context.active()) ?? {};
    span?.updateName('named by the handler');
    span?.setStatus({ code: SpanStatusCode.ERROR, message: 'described by the handler' });
    answer(req, res);
  });

  app.get('/deaf/:code', async (req, res) => {
    await delay(50);
    answer(req, res);
  });

  app.get('/late/:code', async (req, res) => {
    const signal = leaves(res);
    answer(req, res);
    await delay(2000, undefined, { signal }).catch(() => {});
  });

  app.get('/fail/:code', (req) => {
    throw new Failure(req.code);
  });

  app.get('/panic', panic);

  app.get('/panic/inside', panic, (_error, _req, res, _next) => res.sendStatus(500));

  app.get('/slow/:ms', async (req, res) => {
    const { ms } = req.params;
    if (!/^\d+$/.test(ms) || Number(ms) > 60_000) throw new Failure(400, `got ${ms}, want a number of milliseconds from 0 to 60000`);
    const signal = leaves(res);
    await delay(Number(ms), undefined, { signal }).catch(() => {});
    if (!signal.aborted) res.type('text').send('ok');
  });

  app.post('/echo', (req, res) => {
    res.setHeader('Content-Type', req.get('Content-Type') ?? 'application/octet-stream');
    if (req.get('Content-Length')) res.setHeader('Content-Length', req.get('Content-Length'));
    pipeline(req, res, () => {});
  });

  app.get('/file', (_req, res) => res.sendFile(files.file));

  app.get('/upgrade', (_req, res) => res.set('Upgrade', 'echo').sendStatus(426));
};

function answer({ code }, res) {
  res.status(code);
  if (code === 204 || code === 304) return res.end();
  res.type('text').send(`status ${code}`);
}

function panic() {
  throw new Error('reference panic');
}
