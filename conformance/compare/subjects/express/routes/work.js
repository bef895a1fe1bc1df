'use strict';

const multer = require('multer');
const { observed } = require('../errors');
const { processed, tracer } = require('../instruments');

module.exports = (app) => {
  app.get('/process/:item_id', (req, res) => {
    const { item_id } = req.params;
    const span = tracer.startSpan('process_item_logic', { attributes: { 'item.id': item_id } });
    span.setAttribute('processing.status', 'completed');
    span.end();
    if (req.method === 'GET') processed.add(1);
    res.json({ item_id, status: 'processed' });
  });

  app.get(['/healthz', '/metrics', '/docs'], (_req, res) => {
    tracer.startSpan('excluded_logic').end();
    res.type('text').send('ok');
  });

  app.post('/upload', multer({ storage: multer.memoryStorage() }).any(), (req, res) => {
    res.json({ files: [], bytes: req.files[0].size });
  });

  app.get('/observed', (_req, res) => res.json(observed));
};
