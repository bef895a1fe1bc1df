module github.com/samespan/samespan/fiberotel

go 1.26.0

require github.com/samespan/samespan/core v0.0.0

replace github.com/samespan/samespan/core => ../core
