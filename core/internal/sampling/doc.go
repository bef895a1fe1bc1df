// Package sampling puts what the engine of package httpserver wants of a sampler
// around the service's: excluded requests are dropped, and a server span gets the
// attributes of its request before the decision where the sampler may see them.
//
// It imports contextvalue and nothing of this module.
package sampling
