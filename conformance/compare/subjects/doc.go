// Package subjects has the reference service in languages other than Go, a
// folder for each, written as users of that language write it. It has the
// versions of their packages, and functions that install and start the
// services.
//
// It imports nothing of this project.
package subjects
