module github.com/samespan/samespan/conformance/compare

go 1.26.0
