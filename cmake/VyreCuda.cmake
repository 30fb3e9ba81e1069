# The protocol and the kernel are one source for host and device. Without a GPU the target
# vyre_device_check shows that every header under src/wire and src/kernel compiles with nvcc, and that
# the worker with every instruction becomes device code; with one, tests/cuda runs programs on it.
find_program(VYRE_NVCC nvcc HINTS ENV CUDA_PATH ENV CUDA_HOME PATHS /usr/local/cuda PATH_SUFFIXES bin)
if(NOT VYRE_NVCC)
  message(FATAL_ERROR "the preset `cuda` needs nvcc, which was not found; install the CUDA toolkit "
    "and set CUDA_PATH to it. All other presets do without")
endif()
set(CMAKE_CUDA_COMPILER ${VYRE_NVCC})
if(NOT DEFINED CMAKE_CUDA_ARCHITECTURES)
  set(CMAKE_CUDA_ARCHITECTURES 80 90)
endif()
enable_language(CUDA)

find_package(CUDAToolkit REQUIRED)

file(GLOB device_headers CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR}/src
  ${PROJECT_SOURCE_DIR}/src/wire/*.hpp ${PROJECT_SOURCE_DIR}/src/kernel/*.hpp)
set(device_sources)
foreach(header ${device_headers})
  string(REPLACE "/" "_" unit ${header})
  set(source ${PROJECT_BINARY_DIR}/device_check/${unit}.cu)
  file(CONFIGURE OUTPUT ${source} CONTENT "#include \"${header}\"\n")
  list(APPEND device_sources ${source})
endforeach()

list(APPEND device_sources ${PROJECT_SOURCE_DIR}/tests/kernel/device_check.cu)

add_library(vyre_device_check OBJECT ${device_sources})
# CMake 3.25 does not know the dialect flag of nvcc 13, so it is given by hand.
target_compile_options(vyre_device_check PRIVATE
  -std=c++20 --expt-relaxed-constexpr -Werror all-warnings)
target_include_directories(vyre_device_check PRIVATE
  ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src)
