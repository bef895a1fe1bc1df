// Package subjects has the reference service in languages other than Go, in one directory
// for each language, written as users of that language write it. The package reads the
// versions of the libraries that a service uses, and installs and starts the services.
//
// The package imports no other package of this project: it only reads files and starts
// other programs.
package subjects
