// Package runner runs the checks of a subject in sequence. It selects the service for
// each check, starts services, and stops services that no later check needs. It imports
// check, contract, probe and service.
package runner
