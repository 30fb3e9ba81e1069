# Without a GPU the target vyre_device_check shows that every header that device code may include
# compiles alone with nvcc, and that the portable worker with every instruction becomes device code.
file(GLOB device_headers CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR}/src
  ${PROJECT_SOURCE_DIR}/src/wire/*.hpp ${PROJECT_SOURCE_DIR}/src/kernel/*.hpp
  ${PROJECT_SOURCE_DIR}/src/backend/cuda/device/*.hpp)
set(header_units)
foreach(header ${device_headers})
  string(REPLACE "/" "_" unit ${header})
  set(source ${PROJECT_BINARY_DIR}/device_check/${unit}.cu)
  file(CONFIGURE OUTPUT ${source} CONTENT "#include \"${header}\"\n")
  list(APPEND header_units ${source})
endforeach()

# PTX is as far as a header can go wrong, and leaves out the host's compiler and the assembler.
add_library(vyre_device_headers OBJECT ${header_units})
set_target_properties(vyre_device_headers PROPERTIES
  CUDA_PTX_COMPILATION ON CUDA_ARCHITECTURES ${VYRE_ONE_CUDA_ARCHITECTURE}-virtual)
add_library(vyre_device_check OBJECT ${PROJECT_SOURCE_DIR}/tests/kernel/device_check.cu)
set_target_properties(vyre_device_check PROPERTIES
  CUDA_ARCHITECTURES ${VYRE_ONE_CUDA_ARCHITECTURE}-real)
add_dependencies(vyre_device_check vyre_device_headers)
foreach(target vyre_device_headers vyre_device_check)
  target_link_libraries(${target} PRIVATE vyre_cuda_options)
  target_include_directories(${target} PRIVATE
    ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src)
endforeach()
