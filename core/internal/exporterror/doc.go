// Package exporterror classifies errors of exports: their kind, advice on what to change,
// why the last attempt failed, and what a collector rejected.
//
// It only inspects errors; it neither exports nor counts. It imports sanitize and plural
// to write messages.
package exporterror
