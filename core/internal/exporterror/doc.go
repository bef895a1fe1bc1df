// Package exporterror says what went wrong with an export: its kind, what to do
// about it, why its last attempt failed, and what a collector rejected of it.
//
// It takes errors and returns values; it neither exports nor counts. It imports
// sanitize and plural.
package exporterror
