// Package recipes holds the Go code of core/SURROUNDINGS.md: how a service uses
// core beside the loggers, databases, clients and platforms that it has. Its
// tests run each recipe and look at what arrives at an OTLP receiver.
//
// It is a module of its own outside the workspace, so that its requirements move
// no version of the other modules: run its tests with GOWORK=off, or by
// make recipes.
package recipes
