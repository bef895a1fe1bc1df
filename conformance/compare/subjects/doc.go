// Package subjects has the reference service in other languages than Go, a
// folder for each, written as users of that language write it. It knows the
// versions of their packages, and how the services are installed and started.
//
// It imports nothing of this project.
package subjects
