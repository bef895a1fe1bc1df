// Package httpserver turns one HTTP exchange into one span and its metrics.
package httpserver
