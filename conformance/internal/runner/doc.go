// Package runner runs the checks of a subject, one after the other: it decides in
// which service each one runs, starts the services, and ends those that no later
// check needs. It imports check, contract, probe and service.
package runner
