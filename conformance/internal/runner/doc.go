// Package runner runs the checks of a subject in sequence: it chooses the
// service for each check, starts services, and stops those that no later check
// needs. It imports check, contract, probe and service.
package runner
