// Package exporterror classifies errors of exports: their kind, advice on what
// to change, why the last attempt failed, and what a collector rejected.
//
// It takes errors and returns values; it neither exports nor counts. It imports
// sanitize and plural.
package exporterror
