// Package recipes has the Go code of core/SURROUNDINGS.md: how a service uses
// core with common loggers, databases, clients and platforms. Its tests run
// each recipe and check what an OTLP receiver gets.
//
// It is a separate module outside the workspace, so that its requirements do
// not affect other modules. Run its tests with `make recipes`, or with
// GOWORK=off.
package recipes
