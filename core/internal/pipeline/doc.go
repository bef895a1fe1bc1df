// Package pipeline carries one signal from its provider to an exporter: it limits
// the queue, makes batches, counts around the exporter what becomes of them, divides
// what is too large, and flushes and ends all of that in time.
//
// It takes exporters of the SDK and knows neither OTLP nor the console. It imports
// settings for the limits of batches, account, exporterror, hedge, sampling and
// sanitize.
package pipeline
