module github.com/samespan/samespan/conformance

go 1.26.0
