// Package subjects has the reference service in languages other than Go, in one directory
// for each language, written as users of that language write it. The package reads the
// versions of the libraries that a service uses, and installs and starts the services.
//
// It imports nothing of this project.
package subjects
