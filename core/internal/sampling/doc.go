// Package sampling wraps the service's sampler for the engine of package
// httpserver: it drops the spans of excluded requests and passes the attributes
// of a request to the sampler before the decision.
//
// It imports contextvalue, which is not part of core, and no package of core.
package sampling
