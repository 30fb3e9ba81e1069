# nvcc, and what the CUDA backend and its tests are compiled and linked with. The CUDA runtime is the
# static one: it opens the driver's library itself when it is first called, so that the same `vyre`
# starts on a machine that has none.
find_program(VYRE_NVCC nvcc HINTS ENV CUDA_PATH ENV CUDA_HOME PATHS /usr/local/cuda PATH_SUFFIXES bin)
if(NOT VYRE_NVCC)
  message(FATAL_ERROR "VYRE_CUDA=ON needs nvcc, which was not found; install the CUDA toolkit 13 and "
    "set CUDA_PATH to it, or build without: no preset but `cuda` needs it")
endif()
set(CMAKE_CUDA_COMPILER ${VYRE_NVCC})
if(NOT DEFINED CMAKE_CUDA_ARCHITECTURES)
  set(CMAKE_CUDA_ARCHITECTURES 80-real 90-real 100)
endif()
enable_language(CUDA)
if(CMAKE_CUDA_COMPILER_VERSION VERSION_LESS 13)
  message(FATAL_ERROR "VYRE_CUDA=ON needs nvcc 13 or newer; ${VYRE_NVCC} is "
    "${CMAKE_CUDA_COMPILER_VERSION}")
endif()
find_package(CUDAToolkit REQUIRED)

# For code that runs on the tests' device alone, where every architecture more costs as much again.
set(VYRE_ONE_CUDA_ARCHITECTURE 90 CACHE STRING "The architecture of device code in tests")

# CMake 3.25 does not know the dialect flag of nvcc 13, so it is given by hand.
add_library(vyre_cuda_options INTERFACE)
target_compile_options(vyre_cuda_options INTERFACE
  $<$<COMPILE_LANGUAGE:CUDA>:-std=c++20 --expt-relaxed-constexpr -Werror=all-warnings --threads=0>)
target_link_libraries(vyre_cuda_options INTERFACE CUDA::cudart_static)
